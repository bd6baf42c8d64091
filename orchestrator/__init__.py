"""What a journey is: the drawing, the audience, the lakehouse, the channels and the plan that runs."""

__version__ = "0.1.0"
