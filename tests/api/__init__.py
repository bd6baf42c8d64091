"""The API, over HTTP, with real parts behind it."""
