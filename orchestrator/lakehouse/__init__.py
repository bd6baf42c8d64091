"""Where the customers are: the engines that run SQL there and the model of what is in it."""
