"""Triggers of Amazon Cognito, as Lambda functions that ask a running guard over HTTP.

The files of this folder are what `checkvalve lambda` puts into a zip: they import each other and the standard library
only. What Lambda brings (boto3), or a layer adds (the AWS Encryption SDK), is imported where it is needed.
"""
