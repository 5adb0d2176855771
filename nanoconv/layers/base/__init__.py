"""What every layer is: the class `Layer`, its cache, and the checks of its arguments."""
