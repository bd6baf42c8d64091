"""Turning templates into messages: Liquid, plain text from HTML, MIME."""
