"""What the examples need of CloudFormation: stacks know their secrets by ARN."""

import json
from collections.abc import Callable
from typing import Any

from local.emulator.secret_arns import _name

TEMPLATE = {
    "Resources": {
        "Key": {
            "Type": "AWS::SecretsManager::Secret",
            "Properties": {"GenerateSecretString": {"PasswordLength": 64}},
        }
    },
    "Outputs": {"Key": {"Value": {"Ref": "Key"}}},
}


def test_the_reference_to_a_secret_is_its_arn(client: Callable[[str], Any]) -> None:
    stacks, secrets = client("cloudformation"), client("secretsmanager")

    def apply(change: Callable[..., Any], done: str, description: str) -> str:
        TEMPLATE["Resources"]["Key"]["Properties"]["Description"] = description
        change(StackName="keys", TemplateBody=json.dumps(TEMPLATE))
        stacks.get_waiter(done).wait(StackName="keys", WaiterConfig={"Delay": 1})
        (stack,) = stacks.describe_stacks(StackName="keys")["Stacks"]
        return str(stack["Outputs"][0]["OutputValue"])

    arn = apply(stacks.create_stack, "stack_create_complete", "one")
    found = secrets.describe_secret(SecretId=arn)
    assert found["ARN"] == arn and _name(arn) == found["Name"]
    assert len(secrets.get_secret_value(SecretId=arn)["SecretString"]) == 64
    assert apply(stacks.update_stack, "stack_update_complete", "another") == arn
    assert secrets.describe_secret(SecretId=arn)["Description"] == "another"
    stacks.delete_stack(StackName="keys")
    stacks.get_waiter("stack_delete_complete").wait(StackName="keys", WaiterConfig={"Delay": 1})
    assert secrets.list_secrets()["SecretList"] == []
