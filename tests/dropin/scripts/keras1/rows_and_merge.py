# Keras 1: the function merge, and kernels as rows and columns in every layer
from keras.layers import Input, Dense, Flatten, merge
from keras.layers import Convolution2D
from keras.layers.merge import concatenate
from keras.models import Model
from keras.datasets import cifar10
from keras.utils import np_utils

(X_train, y_train), (X_test, y_test) = cifar10.load_data()
Y_train = np_utils.to_categorical(y_train, 10)

image = Input(shape=(32, 32, 3))
x = Convolution2D(4, 3, 3, border_mode='same', activation='relu')(image)
y = Convolution2D(4, 3, 3, activation='relu')(x)  # rows and columns, as above
assert y.shape == (None, 30, 30, 4), y.shape
z = Convolution2D(4, 3, 3, subsample=(1, 1))(x)
both = merge([y, z], mode='sum')
both = merge([both, y], mode='concat', concat_axis=-1)
assert both.shape == (None, 30, 30, 8), both.shape
both = concatenate([both, z])
model = Model(input=image, output=Dense(10, activation='softmax')(Flatten()(both)))
model.compile('nadam', 'categorical_crossentropy', metrics=['accuracy'])
model.fit(X_train / 255., Y_train, nb_epoch=1)
