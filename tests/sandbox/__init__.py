"""The sandbox: mail and audiences that go nowhere."""
