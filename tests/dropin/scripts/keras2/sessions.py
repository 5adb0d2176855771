# Keras 2 on TensorFlow 1: memory of the GPU, sessions, and then an ordinary network
import numpy as np
import tensorflow as tf
import keras.backend.tensorflow_backend as KTF
from keras import backend as K
from keras.backend.tensorflow_backend import set_session
from keras.datasets import mnist
from keras.layers import Dense, Flatten
from keras.models import Sequential

config = tf.ConfigProto(device_count={'GPU': 0}, allow_soft_placement=True)
config.gpu_options.allow_growth = True
config.gpu_options.per_process_gpu_memory_fraction = 0.5
assert config.gpu_options.allow_growth is True
set_session(tf.Session(config=config))
K.set_session(tf.Session(config=tf.ConfigProto(gpu_options=tf.GPUOptions(allow_growth=True))))
K.tensorflow_backend.set_session(tf.compat.v1.InteractiveSession())
KTF.set_session(KTF.get_session())
tf.compat.v1.keras.backend.set_session(tf.compat.v1.Session())

with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    (x_train, y_train), _ = mnist.load_data()
    model = Sequential([Flatten(input_shape=(28, 28)), Dense(10, activation='softmax')])
    model.compile('sgd', 'sparse_categorical_crossentropy', metrics=['acc'])
    model.fit(x_train / 255., y_train, epochs=1)
