"""The guard in the path of a form: HTTP and its relatives.

| where | what |
|---|---|
| ``app``, ``server``, ``wire``, ``upkeep`` | the server that ``checkvalve serve`` runs, and its upkeep |
| ``api``, ``routes``, ``api_records``, ``access`` | the guard's own HTTP API |
| ``vendor_events``, ``heard`` | what vendors tell of messages |
| ``kept_names``, ``shared_names``, ``shared_notes`` | decisions by the names that others have for them |
| ``counters``, ``decision_log`` | for those who operate it |
| ``exchange`` | one HTTP request and its answer, read whole |
| ``middleware`` | the guard in front of an application's routes (ASGI, WSGI); ``forward`` for proxies that ask |
| ``inbound`` | what a request says; ``quiet`` what a refused caller sees; ``challenges`` what a challenged one |
| ``in_path`` | between an application and its provider: ``fronts`` for SDKs, ``hooks`` for identity providers |
| ``cognito`` | triggers of Amazon Cognito, for AWS Lambda |
"""
