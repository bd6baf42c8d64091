"""The API: documents in, reports out; it decides nothing that a room below has not decided."""
