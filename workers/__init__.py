"""Makes it happen: the workflows, the activities and the channels."""
