"""Codes, which Cognito encrypts with the user pool's key and the AWS Encryption SDK."""

import os
from base64 import b64decode

_MISSING = (
    "the AWS Encryption SDK is missing: put the package aws-encryption-sdk into a layer of this function, or into the "
    "zip with 'checkvalve lambda --with FOLDER'"
)


class NotDecrypted(Exception):
    """The code could not be decrypted; the message says what to do."""


def decrypted(code: str) -> str:
    """The code that a custom sender's event holds encrypted.

    Raises:
        NotDecrypted: where the SDK is missing, or ``KMS_KEY_ARN`` is not set.
    """
    key = os.environ.get("KMS_KEY_ARN")
    if not key:
        raise NotDecrypted("KMS_KEY_ARN is not set: name the key of the user pool's custom senders")
    try:
        import aws_encryption_sdk
    except ImportError as error:
        raise NotDecrypted(_MISSING) from error
    # the policy of AWS's own example for custom senders: what is decrypted may be without key commitment
    policy = aws_encryption_sdk.CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT
    client = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=policy)
    provider = aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(key_ids=[key])
    plain, _ = client.decrypt(source=b64decode(code), key_provider=provider)
    return bytes(plain).decode()
