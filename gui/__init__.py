"""The window: draw a digit, watch the network think, correct it, keep what it learnt.

    python -m gui [model file]

The rooms, from the inside out (only `app`, `pad`, `theme` and `views` know Tk):

    strokes        points of the pen -> smooth lines -> an antialiased image
    preprocessing  any ink -> the 28x28 image that the network gets
    augmentation   images, turned and shifted and bent a little
    insight        feature maps, where a cell comes from, which ink pushed for the guess
    corrections    what the user has corrected
    tuning         learning corrections without forgetting, and training from scratch
    reading        any model as a reader of digits
    session        a model with its corrections, undo, save: the window without the window
    worker         one background thread
    app            the window

nanoconv itself never imports this package.
"""
