"""nanoconv against real Keras as a whole: every signature, and random models by the thousand."""
