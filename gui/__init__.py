"""The window: draw a digit, watch the network think, correct it, keep what it learnt.

    python -m gui [model file]

From the inside out; those up to `session` do not know Tk:

    strokes        points of the pen -> smooth lines -> an antialiased image
    digit_image    any ink -> the 28x28 image that the network gets
    distortion     images, rotated and shifted and bent a little
    drawing        what is on the pad, with undo and redo
    insight        feature maps, where a cell comes from, which ink pushed for the guess
    corrections    what the user has corrected
    tuning         learning corrections without forgetting, and training from scratch
    reading        any model as a reader of digits
    session        a model with its corrections, undo, save: the window without the window
    background     one background thread
    panels, views  what the user touches, and what only shows
    file_actions, learning, menus    what the window does
    app            the window

nanoconv itself never imports this package. Installed, it is called `nanoconv_gui`, so that no other
package is in the way; that is why all imports in here are relative.
"""
