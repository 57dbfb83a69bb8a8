"""The rules, one a file."""

from proving.baselines.rule import Published
from proving.baselines.rules import (
    auth0_user,
    authgear,
    aws_sample,
    checkvalve_guard,
    coss_prefix,
    ewma,
    half_space_trees,
    isolation_forest,
    nothing,
    per_address,
    plivo_cap,
    sydent,
    telnyx,
    vonage_2023,
)

RULES: dict[str, Published] = {
    module.RULE.name: module.RULE
    for module in (
        nothing,
        checkvalve_guard,
        authgear,
        aws_sample,
        telnyx,
        coss_prefix,
        plivo_cap,
        vonage_2023,
        auth0_user,
        sydent,
        per_address,
        ewma,
        half_space_trees,
        isolation_forest,
    )
}
