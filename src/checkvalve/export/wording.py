"""What ids, verdicts and states are called on a page or in a terminal. An unknown id answers itself in words."""

from typing import Final

VERDICTS: Final = {
    "attack": "Attack",
    "suspicious": "Suspicious",
    "benign": "Explained",
    "clear": "Clear",
}

DECISIONS: Final = {
    "escalate": "Escalate to tier 2",
    "monitor": "Keep watching",
    "close": "Close",
}

CRITERIA: Final = {
    "E1": "High volume to number sequences that honest users do not have",
    "E2": "Access from addresses or agents that were never part of regular operation",
    "E3": "Cost that no known business activity explains, also after asking",
}

INDICATORS: Final = {
    "volume": "Message volume",
    "cost": "Cost",
    "requests": "Repeated form requests",
    "destinations": "Concentration on few numbers",
    "conversion": "Codes entered",
    "afterwards": "Use of the site afterwards",
    "surplus": "Lost codes on top of the usual ones",
    "delivery": "Delivery",
    "reconciliation": "Bill against log",
    "lockstep": "Origins in lockstep",
    "provider": "Provider's own verdict",
    "provider_verdict": "Provider's own verdict",
    "reuse": "Numbers used again and again",
    "habit": "One habit of many numbers",
    "returns": "Newcomers who come back",
    "own_network": "Asked for through the number's own network",
    "recurrence": "Harmless once, not so often",
    "watchlist": "Watch lists",
}

RIVALS: Final = {
    "campaign": "Marketing campaign",
    "launch": "Product launch",
    "carrier_outage": "Carrier outage",
    "shared_nat": "Many people behind one address",
    "load_test": "Load test",
    "sms_bombing": "Bombing of single victims",
    "migration": "Migration of users",
    "ticket_sale": "Rush of buyers",
    "reset_wave": "Wave of password resets",
    "broken_form": "Release that broke the form",
    "fleet_onboarding": "Company enrolling its people",
    "own_sender": "Sender of your own whose log is missing",
}

ORIGINS: Final = {
    "ip": "Address",
    "network": "Network",
    "asn": "Autonomous system",
    "user_agent": "User agent",
    "ja4": "TLS fingerprint (JA4)",
    "account": "Account",
    "email_domain": "E-mail domain",
}

NOUNS: Final = {
    "ip": ("address", "addresses"),
    "network": ("network", "networks"),
    "asn": ("autonomous system", "autonomous systems"),
    "user_agent": ("user agent", "user agents"),
    "ja4": ("TLS fingerprint", "TLS fingerprints"),
    "account": ("account", "accounts"),
    "email_domain": ("e-mail domain", "e-mail domains"),
    "range": ("range", "ranges"),
    "endpoint": ("endpoint", "endpoints"),
    "newcomers": ("new numbers of", "networks' new numbers"),
}
"""Things that measures and sentences speak of: one, and many."""

ANSWERS: Final = {"yes": "Yes", "no": "No", "unknown": "Unknown"}

RIVAL_STATES: Final = {"excluded": "Excluded", "possible": "Possible", "accepted": "Accepted"}

TASK_STATES: Final = {"done": "Done", "open": "Open", "needs_input": "Needs input"}

STAGES: Final = {
    "L1": "Tier 1 analysis",
    "T2": "Tier 2 analysis",
    "containment": "Containment and follow-up",
}

RUNNING: Final = {True: "still running", False: "while nine tenths of the messages went out"}
"""What the money per hour is a rate of, by whether the case goes on."""

MASKED_NOTE: Final = (
    "The last four digits of every complete phone number are masked, also inside queries. "
    "The evidence in evidence.duckdb holds them in full."
)
FULL_NOTE: Final = "This page holds complete phone numbers. Share it only with people who may see them."


def words(identifier: str) -> str:
    """How does one read an id aloud? Identifiers in snake_case become words, other texts stay.

    >>> words("rate_limit"), words("Block the range"), words("sms")
    ('Rate limit', 'Block the range', 'Sms')
    """
    if identifier.replace("_", "").isalnum() and identifier == identifier.lower():
        return identifier.replace("_", " ").capitalize()
    return identifier


def label(names: dict[str, str], identifier: str) -> str:
    """What is this id called in the given table?

    >>> label(RIVALS, "shared_nat"), label(RIVALS, "school_start")
    ('Many people behind one address', 'School start')
    """
    return names.get(identifier) or words(identifier)
