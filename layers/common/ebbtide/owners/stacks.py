"""Owners that deploy templates: CloudFormation, and the services that work through it."""

from __future__ import annotations

from ebbtide.owners.mark import Mark

_GUIDE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide"

STACK_ID = Mark(
    tag="aws:cloudformation:stack-id",
    words="the CloudFormation stack",
    kind="aws_cloudformation_stack",
    by="arn",
    family="stack",
    carries=("resource",),
    source=f"{_GUIDE}/aws-properties-resource-tags.html",
)
STACK_NAME = Mark(
    tag="aws:cloudformation:stack-name",
    words="the CloudFormation stack",
    kind="aws_cloudformation_stack",
    family="stack",
    source=f"{_GUIDE}/aws-properties-resource-tags.html",
)
LOGICAL_ID = Mark(
    tag="aws:cloudformation:logical-id",
    words="a CloudFormation stack, as",
    family="stack",
    source=f"{_GUIDE}/aws-properties-resource-tags.html",
)
SERVICE_CATALOG = Mark(
    tag="aws:servicecatalog:provisionedProductArn",
    words="the Service Catalog product",
    source="https://docs.aws.amazon.com/servicecatalog/latest/adminguide/autotags.html",
)
BEANSTALK_ID = Mark(
    tag="elasticbeanstalk:environment-id",
    words="the Elastic Beanstalk environment",
    kind="aws_beanstalk_environment",
    by="id",
    family="beanstalk",
    source="https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/using-features.tagging.html",
)
BEANSTALK_NAME = Mark(
    tag="elasticbeanstalk:environment-name",
    words="the Elastic Beanstalk environment",
    kind="aws_beanstalk_environment",
    family="beanstalk",
    source="https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/using-features.tagging.html",
)
BEANSTALK_BUCKET = Mark(
    attribute="name",
    of=("aws_s3_bucket",),
    matches=r"elasticbeanstalk-[a-z0-9-]+-\d{12}",
    words="Elastic Beanstalk, which keeps the versions of all applications in it",
    source="https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/AWSHowTo.S3.html",
)
CLOUD9 = Mark(
    tag="aws:cloud9:environment",
    words="the Cloud9 environment",
    family="stack",
    source="https://docs.aws.amazon.com/cloud9/latest/user-guide/tags.html",
)
PROTON = Mark(
    tag="aws:proton:",
    words="AWS Proton, with",
    source="https://docs.aws.amazon.com/proton/latest/userguide/resources.html",
)
CODESTAR = Mark(
    tag="awscodestar:projectArn",
    words="the CodeStar project",
    source="https://docs.aws.amazon.com/codestar/latest/userguide/working-with-project-tags.html",
)
OPSWORKS = Mark(
    tag="opsworks:stack",
    words="the OpsWorks stack",
    source="https://docs.aws.amazon.com/opsworks/latest/userguide/tagging.html",
)
CONFORMANCE_PACK = Mark(
    attribute="name",
    of=("aws_cloudformation_stack",),
    matches=r"awsconfigconforms-.+",
    words="a conformance pack of AWS Config",
    source="https://docs.aws.amazon.com/config/latest/developerguide/conformance-packs.html",
)
