"""Every recorded log of others, by name: what it is, how many records are used, and how many refused.

A log that nobody is to claim stands here too, with the reason. A file that is not in the table fails the test.
"""

import os
from pathlib import Path

import pytest

from checkvalve.sources.recognition import recognise
from proving.fuzz.laws import account, hold
from tests.sources.weblog_fixtures import ROOT, recorded

OURS: dict[str, tuple[str, int, int]] = {
    "apache/crowdsec__apache2-logs.log": ("web.combined", 7, 2),
    "apache/logstash__httpd_lines.log": ("web.combined", 3, 4),
    "apache/vrl__apache_lines.log": ("web.combined", 3, 0),
    "apache/vrl__common_lines.log": ("web.combined", 2, 0),
    "auth0/panther__same_phone_mfa.jsonl": ("auth0.logs", 3, 0),
    "aws_alb/crowdsec__aws-alb-http-bad-user-agent.log": ("aws.alb", 4, 0),
    "aws_alb/opensearch__elb_raw.log": ("aws.alb", 63, 0),
    "aws_elb_classic/logstash__aws_lines.log": ("aws.elb", 4, 4),
    "aws_eum/va__firehose_http_request.json": ("aws.eum", 2, 0),
    "aws_pinpoint/va__event.json": ("aws.pinpoint", 1, 0),
    "aws_sns/consected__filter-log-events__sns_direct_publish.json": ("aws.sns", 9, 0),
    "aws_sns/consected__filter-log-events__sns_direct_publish_failure.json": ("aws.sns", 9, 0),
    "aws_sns/gsa__filter-log-events.json": ("aws.sns", 0, 1),
    "aws_waf/opensearch__waf_raw.jsonl": ("aws.waf", 38, 0),
    "aws_waf/panther__bot_control.jsonl": ("aws.waf", 6, 0),
    "benign_corpus/elastic_examples__apache_logs.log": ("web.combined", 10000, 0),
    "billing/focus__focus_sample_1.0.csv": ("billing.focus", 0, 1000),
    "caddy/crowdsec__caddy-logs.log": ("web.caddy", 10, 1),
    "cloudflare/panther__firewall_events.jsonl": ("cloudflare.http", 3, 0),
    "cloudflare/panther__http_requests.jsonl": ("cloudflare.http", 2, 0),
    "cloudfront/opensearch__raw.log": ("aws.cloudfront", 40, 0),
    "cognito/lambda-go__cognito-event-userpools-create-auth-challenge.json": ("aws.cognito", 0, 1),
    "cognito/lambda-go__cognito-event-userpools-presignup.json": ("aws.cognito", 0, 1),
    "cognito/powertools__cognitoCustomMessageEvent.json": ("aws.cognito", 0, 1),
    "cognito/powertools__cognitoPostConfirmationEvent.json": ("aws.cognito", 0, 1),
    "cognito/powertools__cognitoPreAuthenticationEvent.json": ("aws.cognito", 0, 1),
    "envoy/crowdsec__envoy-logs.lines1-5.log": ("web.envoy", 5, 0),
    "haproxy/crowdsec__haproxy-logs.log": ("web.haproxy", 2, 3),
    "haproxy/opensearch__haproxy_normalized_sample.json": ("web.haproxy", 8, 0),
    "iis/crowdsec__iis-xml-logs.log": ("web.iis", 1, 0),
    "litespeed/crowdsec__litespeed-logs.log": ("web.combined", 1, 2),
    "messagebird/message.json": ("messagebird.messages", 1, 0),
    "messagebird/verify.json": ("messagebird.messages", 1, 0),
    "nginx/crowdsec__base-upsun-httplog-logs.log": ("web.combined", 1, 0),
    "nginx/crowdsec__nginx-http-sqli-probing.log": ("web.combined", 16, 0),
    "nginx/crowdsec__nginx-proxy-manager-logs.log": ("web.combined", 12, 2),
    "nginx/crowdsec__nginx_http-logs.log": ("web.combined", 8, 1),
    "nginx/opensearch__nginx_raw.log": ("web.combined", 1408, 0),
    "other_web/crowdsec__zoraxy-http-logs.log": ("web.zoraxy", 13, 0),
    "pcap_http/basic-auth-with-colon.pcap": ("pcap.http", 1, 0),
    "pcap_http/connect-with-smtp.pcap": ("pcap.http", 1, 0),
    "pcap_http/get-gzip.pcap": ("pcap.http", 1, 0),
    "pcap_http/get.pcap": ("pcap.http", 1, 0),
    "pcap_http/http-11-request-then-cruft.pcap": ("pcap.http", 2, 0),
    "pcap_http/http-bad-request-with-version.pcap": ("pcap.http", 1, 0),
    "pcap_http/multipart-form-data.pcap": ("pcap.http", 1, 0),
    "plivo/messageGetResponse.json": ("plivo.messages", 1, 0),
    "sinch/recipient_delivery_report_delivered.json": ("sinch.reports", 1, 0),
    "traefik/crowdsec__traefik_clf.log": ("web.traefik", 7, 0),
    "twilio/api__get_Messages__200_readEmptySentdateGreater.json": ("twilio.messages", 0, 0),
    "twilio/api__get_Messages__200_readEmptySentdateGreaterFormat2.json": ("twilio.messages", 0, 0),
    "twilio/api__get_Messages__200_readEmptySentdateGreaterFormat3.json": ("twilio.messages", 0, 0),
    "twilio/api__get_Messages__200_readFullPage1.json": ("twilio.messages", 1, 1),
    "twilio/api__get_Usage_Records_Daily__200_readEmpty.json": ("twilio.usage", 0, 0),
    "twilio/api__get_Usage_Records_Daily__200_readFull.json": ("twilio.usage", 1, 0),
    "twilio/api__get_Usage_Records__200_readEmpty.json": ("twilio.usage", 0, 0),
    "twilio/api__post_Messages__201_create.json": ("twilio.messages", 1, 0),
    "twilio/api__post_Messages__201_createScheduledMessageMms.json": ("twilio.messages", 1, 0),
    "twilio/api__post_Messages__201_createWithQueuedStatus.json": ("twilio.messages", 1, 0),
    "twilio/monitor__get_v1_Alerts__200_readEmpty.json": ("twilio.alerts", 0, 0),
    "twilio/monitor__get_v1_Alerts__200_readFull.json": ("twilio.alerts", 0, 1),
    "twilio/va__status_callback_bodies.txt": ("twilio.callbacks", 11, 0),
    "twilio/verify__get_v2_Attempts__200_listVerificationAttempts.json": ("twilio.verify_attempts", 1, 0),
    "twilio/verify__post_v2_Services_ServiceSid_VerificationCheck__200_verificationChecks200.json": (
        "twilio.verify_events",
        1,
        0,
    ),
    "twilio/verify__post_v2_Services_ServiceSid_Verifications__201_createVerification.json": (
        "twilio.verify_events",
        1,
        0,
    ),
    "vonage/sdk__send_sms.json": ("vonage.receipts", 1, 0),
    "vonage/verify_search_success.json": ("vonage.reports", 1, 0),
    "zeek/zeekbtest__opt.basic__http.log": ("zeek.http", 0, 14),
    "zeek/zeekbtest__scripts.base.frameworks.logging.ascii-escape-odd-url__http.log": ("zeek.http", 0, 1),
    "zeek/zeekbtest__scripts.base.frameworks.logging.json-non-printable-escaping__http.log.tsv": (
        "zeek.http",
        0,
        4,
    ),
    "zeek/zeekbtest__scripts.base.protocols.http.101-switching-protocols__http.log": ("zeek.http", 0, 1),
}
"""File → source, records that give events, records that are refused."""

NOT_OURS: dict[str, str] = {
    "cloudtrail/crowdsec__aws-cloudtrail.log": "with no Cognito event",
    "cloudtrail/opensearch__raw-sample.json": "with no Cognito event",
    "cloudwatch_envelopes/lambda-go__cloudwatch-logs-event.json": "no source knows such lines",
    "cloudwatch_envelopes/lambda-go__kinesis-firehose-event.json": "no source knows such lines",
    "cloudwatch_envelopes/powertools__kinesisFirehoseKinesisEvent.json": "keys Hello",
    "plivo/messageSendResponse.json": "no source knows objects",
    "twilio/api__post_Calls_CallSid_UserDefinedMessages__201_create.json": "no source knows objects",
    "twilio/bulkexports__get_v1_Exports_ResourceType_Days__200_readEmpty.json": "no source knows objects",
    "twilio/events__get_v1_Schemas_Id_Versions_SchemaVersion__200_fetch.json": "no source knows objects",
    "twilio/events__get_v1_Schemas_Id_Versions__200_readEmpty.json": "no source knows objects",
    "twilio/events__get_v1_Types_Type__200_fetchNoDocs.json": "no source knows objects",
    "twilio/events__get_v1_Types__200_readResultsRollbackStatusAndDocsFields.json": "no source knows objects",
    "twilio/events__get_v1_Types__200_readResultsWithSchemaId.json": "no source knows objects",
    "twilio/monitor__get_v1_Events_Sid__200_fetch.json": "no source knows objects",
    "twilio/monitor__get_v1_Events__200_readEmpty.json": "no source knows objects",
    "vonage/sdk__network_unblock.json": "no source knows objects",
}
"""File → a part of what is said: trails of other services, envelopes around no log, answers that tell of no message."""


def present() -> set[str]:
    """The recorded logs that are there."""
    return {os.fspath(path.relative_to(ROOT)) for path in ROOT.glob("*/*") if path.is_file()}


@recorded
def test_none_is_left_out() -> None:
    """Every recorded log is in one of the tables."""
    assert present() - OURS.keys() - NOT_OURS.keys() == set()


@recorded
@pytest.mark.parametrize("name", OURS)
def test_ours(name: str, tshark: bool) -> None:
    """A recorded log is recognised, all of its records are accounted for, and none is lost since last time."""
    if name not in present():
        pytest.skip("not among the recorded logs here")
    if name.endswith(".pcap") and not tshark:
        pytest.skip("tshark is not installed, and cannot be installed from here")
    done = account((ROOT / name).read_bytes())
    hold(done)
    assert (done.source, done.used, len(done.reasons)) == OURS[name]


@recorded
@pytest.mark.parametrize("name", NOT_OURS)
def test_not_ours(name: str) -> None:
    """What is no log of messages, requests or money is nobody's, and it is said what was looked at."""
    path: Path = ROOT / name
    if name not in present():
        pytest.skip("not among the recorded logs here")
    found = recognise(path)
    assert found.source is None
    assert NOT_OURS[name] in found.reason
