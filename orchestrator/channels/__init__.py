"""How a member is reached: the face of a channel and what every channel shares."""
