# Keras 2: old places of names, merge functions, plot_model
from keras.models import Model
from keras.layers import Input, Dense, Flatten, Dropout
from keras.layers.convolutional import Conv2D
from keras.layers.pooling import MaxPooling2D
from keras.layers.merge import concatenate
from keras.utils.vis_utils import plot_model
from keras.datasets import mnist
from keras.utils.np_utils import to_categorical
from keras.engine.topology import Layer

visible = Input(shape=(28, 28, 1))
conv1 = Conv2D(4, kernel_size=4, activation='relu')(visible)
pool1 = MaxPooling2D(pool_size=(2, 2))(conv1)
flat1 = Flatten()(pool1)
conv2 = Conv2D(4, kernel_size=8, activation='relu')(visible)
pool2 = MaxPooling2D(pool_size=(2, 2))(conv2)
flat2 = Flatten()(pool2)
merge = concatenate([flat1, flat2])
hidden1 = Dense(10, activation='relu')(merge)
output = Dense(10, activation='softmax')(hidden1)
model = Model(inputs=visible, outputs=output)
print(model.summary())
plot_model(model, to_file='two_branches.png', show_shapes=True, show_layer_names=True)
(x, y), _ = mnist.load_data()
model.compile(loss='categorical_crossentropy', optimizer='Nadam', metrics=['accuracy'])
model.fit(x[:64].reshape(-1, 28, 28, 1), to_categorical(y[:64], num_classes=10), epochs=1)
assert isinstance(model.layers[1], Layer)
