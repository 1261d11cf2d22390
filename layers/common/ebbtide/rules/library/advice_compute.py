"""Advice about instances, functions and clusters. None of these rules selects anything."""

from __future__ import annotations

from datetime import timedelta

from ebbtide.rules.search_rule import declare

_AT_ONCE = timedelta(days=1)

# https://aws.amazon.com/ec2/previous-generation/. Sizes that the successor lacks have no price
# there, so that the saving is unknown.
PREVIOUS_GENERATION_INSTANCES = declare(
    "previous_generation_instances",
    question="Which running instances are of a previous generation?",
    search="is(aws_ec2_instance) and instance_status = running and "
    'instance_type =~ "^(t1|t2|m1|m2|m3|m4|c1|c3|c4|r3|r4|i2|g2|g3|d2|hs1|cr1|cc2)[.]"',
    reason="an instance of a previous generation",
    facts=("instance_type", "launch_time"),
    min_age=_AT_ONCE,
    advises="change it to the current generation of its family",
    instead={
        "instance_type": {
            "t2.": "t3.",
            "m3.": "m5.",
            "m4.": "m5.",
            "c3.": "c5.",
            "c4.": "c5.",
            "r3.": "r5.",
            "r4.": "r5.",
        }
    },
    cannot_see=(
        "images without drivers for the network and disks of the current generation",
        "reservations and savings plans that cover it",
    ),
)

INSTANCES_WITHOUT_GRAVITON = declare(
    "instances_without_graviton",
    question="Which running Linux instances could be of a family with Graviton processors?",
    search="is(aws_ec2_instance) and instance_status = running and architecture = x86_64 and "
    'platform_details = "Linux/UNIX" and instance_type =~ "^(t3|t3a|m5|m5a|m6i|c5|c6i|r5|r6i)[.]"',
    reason="an instance of a family that has a cheaper one with Graviton processors",
    facts=("instance_type", "image_id"),
    min_age=_AT_ONCE,
    advises="run it on a Graviton processor, with an image for arm64",
    instead={
        "instance_type": {
            "t3.": "t4g.",
            "t3a.": "t4g.",
            "m5.": "m6g.",
            "m5a.": "m6g.",
            "m6i.": "m6g.",
            "c5.": "c6g.",
            "c6i.": "c6g.",
            "r5.": "r6g.",
            "r6i.": "r6g.",
        }
    },
    cannot_see=("software that exists for x86 only",),
)

OVERSIZED_INSTANCES = declare(
    "oversized_instances",
    question="Which running instances are far larger than what they do?",
    search="is(aws_ec2_instance) and instance_status = running and instance_cores >= 2 and "
    "/usage.cpu_utilization.max < 5",
    reason="an instance whose processors were idle on every day that was read",
    facts=("instance_type", "instance_cores"),
    min_age=timedelta(days=14),
    last_use=("aws_ec2_instance",),
    advises="choose a smaller size",
    cannot_see=(
        "how much memory it uses",
        "hours of a day in which it is busy: the averages of days are compared",
    ),
)

FUNCTIONS_ON_X86 = declare(
    "functions_on_x86",
    question="Which functions run on x86 processors, although they are no image?",
    search="is(aws_lambda_function) and architectures = x86_64 and package_type = Zip",
    reason="a function on an x86 processor",
    facts=("runtime", "memory_size"),
    min_age=_AT_ONCE,
    advises="run it on arm64, which costs a fifth less by the second",
    cannot_see=("libraries in it or its layers that are compiled for x86",),
)

# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html#runtimes-deprecated.
FUNCTIONS_OF_OLD_RUNTIMES = declare(
    "functions_of_old_runtimes",
    question="Which functions have a runtime that AWS has deprecated?",
    search="is(aws_lambda_function) and "
    'runtime =~ "^(python2[.]7|python3[.][6-9]|nodejs([468][.].*|1[02468][.]x|20[.]x)?|dotnet'
    '(core.*|5[.]0|6|7)|java8|go1[.]x|ruby(2[.].*|3[.]2)|provided)$"',
    reason="a function whose runtime gets no updates",
    facts=("runtime", "last_modified"),
    min_age=_AT_ONCE,
    advises="move it to a current runtime, or delete it if nobody needs it",
    cannot_see=("runtimes that AWS deprecated after this version of Ebbtide",),
)

# https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html.
CLUSTERS_IN_EXTENDED_SUPPORT = declare(
    "clusters_in_extended_support",
    question="Which EKS clusters have a version in extended support, which costs six times more?",
    search='is(aws_eks_cluster) and status = ACTIVE and version =~ "^1.(1[0-9]|2[0-9]|3[0-3])$"',
    reason="a cluster whose version is in extended support",
    facts=("version", "platform_version"),
    min_age=_AT_ONCE,
    advises="upgrade it to a version in standard support",
    cannot_see=("versions whose standard support ended after this version of Ebbtide",),
)

SERVICES_WITHOUT_SCALING = declare(
    "services_without_scaling",
    question="Which ECS services run several tasks at all hours, without automatic scaling?",
    search="is(aws_ecs_service) and status = ACTIVE and scheduling_strategy = REPLICA and "
    "desired_count > 1 and scaling_policies = null",
    reason="a service with a fixed number of tasks",
    facts=("desired_count", "launch_type", "cluster_name"),
    min_age=timedelta(days=14),
    advises="scale it by its load",
    cannot_see=("whatever changes the number of its tasks from outside, such as a schedule",),
)
