"""All sources, in one table. Outsiders add theirs through the entry-point group ``checkvalve.sources``."""

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points

from checkvalve.sources.base import Source

_OWN = (
    ("twilio_messages", "TwilioMessages"),
    ("twilio_verify_attempts", "TwilioVerifyAttempts"),
    ("twilio_usage", "TwilioUsage"),
    ("twilio_callbacks", "TwilioCallbacks"),
    ("twilio_events", "TwilioEvents"),
    ("twilio_verify_events", "TwilioVerifyEvents"),
    ("twilio_alerts", "TwilioAlerts"),
    ("vonage_reports", "VonageReports"),
    ("vonage_receipts", "VonageReceipts"),
    ("plivo_messages", "PlivoMessages"),
    ("messagebird_messages", "MessagebirdMessages"),
    ("sinch_reports", "SinchReports"),
    ("infobip_reports", "InfobipReports"),
    ("azure_acs", "AzureAcs"),
    ("billing_focus", "BillingFocus"),
    ("auth0_logs", "Auth0Logs"),
    ("okta_logs", "OktaLogs"),
    ("google_identity", "GoogleIdentity"),
    ("supabase_auth", "SupabaseAuth"),
    ("ocsf_api", "OcsfApi"),
    ("ocsf_http", "OcsfHttp"),
    ("aws_sns", "AwsSns"),
    ("aws_sns_usage", "AwsSnsUsage"),
    ("aws_eum", "AwsEum"),
    ("aws_pinpoint", "AwsPinpoint"),
    ("aws_cognito", "AwsCognito"),
    ("aws_cur", "AwsCur"),
    ("aws_alb", "AwsAlb"),
    ("aws_elb", "AwsElb"),
    ("aws_cloudfront", "AwsCloudfront"),
    ("aws_waf", "AwsWaf"),
    ("aws_apigateway", "AwsApiGateway"),
    ("web_combined", "WebCombined"),
    ("web_json", "WebJson"),
    ("web_caddy", "WebCaddy"),
    ("web_traefik", "WebTraefik"),
    ("web_haproxy", "WebHaproxy"),
    ("web_envoy", "WebEnvoy"),
    ("web_iis", "WebIis"),
    ("web_zoraxy", "WebZoraxy"),
    ("cloudflare_http", "CloudflareHttp"),
    ("zeek_http", "ZeekHttp"),
    ("zeek_ssl", "ZeekSsl"),
    ("zeek_conn", "ZeekConn"),
    ("pcap_http", "PcapHttp"),
    ("pcap_smpp", "PcapSmpp"),
    ("calendar_ics", "CalendarIcs"),
    ("calendar_csv", "CalendarCsv"),
    ("complaints_csv", "ComplaintsCsv"),
    ("watchlist_list", "WatchlistList"),
    ("watchlist_csv", "WatchlistCsv"),
    ("watchlist_stix", "WatchlistStix"),
)
"""Module and class of each of our own sources, imported when first asked for."""


@cache
def sources() -> tuple[Source, ...]:
    """Every source, our own first.

    >>> "web.combined" in {source.name for source in sources()}
    True
    """
    own = tuple(getattr(import_module(f"checkvalve.sources.{module}"), name)() for module, name in _OWN)
    outside = tuple(point.load()() for point in entry_points(group="checkvalve.sources"))
    return own + outside


def source(name: str) -> Source:
    """The source of that name; raises `KeyError` for an unknown one."""
    return {one.name: one for one in sources()}[name]
