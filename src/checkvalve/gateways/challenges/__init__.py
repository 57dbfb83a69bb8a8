"""Challenges: what somebody is asked to solve before a message is sent, and whether they did."""

from checkvalve.gateways.challenges.desk import Challenges
from checkvalve.gateways.challenges.hcaptcha import HCaptcha
from checkvalve.gateways.challenges.kind import Bound, Kind, Verdict
from checkvalve.gateways.challenges.proof_of_work import ProofOfWork
from checkvalve.gateways.challenges.proof_of_work_v1 import ProofOfWorkV1
from checkvalve.gateways.challenges.recaptcha import ReCaptcha
from checkvalve.gateways.challenges.recaptcha_enterprise import ReCaptchaEnterprise
from checkvalve.gateways.challenges.turnstile import Turnstile

__all__ = [
    "Bound",
    "Challenges",
    "HCaptcha",
    "Kind",
    "ProofOfWork",
    "ProofOfWorkV1",
    "ReCaptcha",
    "ReCaptchaEnterprise",
    "Turnstile",
    "Verdict",
]
