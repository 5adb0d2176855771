"""Views: parts of the window that only show; they get arrays and know no model.

view    what drawn views share
bars    ten probabilities
tiles   one small image, magnified
maps    the feature maps of all layers
cell    where one cell of a map comes from
curves  loss and accuracy while training
tips    the small notes under the pointer
"""
