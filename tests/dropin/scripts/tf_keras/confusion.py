# tf.keras: confusion matrix, data augmentation, learning rate schedule
import numpy as np
import tensorflow as tf
import tensorflow.keras.backend as K
from tensorflow.keras.preprocessing.image import ImageDataGenerator
from tensorflow.keras.utils import to_categorical, plot_model
from tensorflow.python.keras.layers import Dense, Flatten, Conv2D, MaxPooling2D
from tensorflow.keras.models import Sequential

tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
np.random.seed(0)
K.clear_session()
(x_train, y_train), (x_test, y_test) = tf.keras.datasets.mnist.load_data()
x_train = np.expand_dims(x_train, -1).astype('float32')
x_test = np.expand_dims(x_test, axis=-1).astype('float32')
schedule = tf.keras.optimizers.schedules.ExponentialDecay(0.01, decay_steps=10, decay_rate=0.9, staircase=True)
with tf.device('/GPU:0'):
    model = Sequential(name='augmented')
    model.add(Conv2D(filters=8, kernel_size=(5, 5), padding='Same', activation='relu', input_shape=(28, 28, 1)))
    model.add(MaxPooling2D(pool_size=(2, 2), strides=(2, 2)))
    model.add(Flatten())
    model.add(Dense(10, activation="softmax"))
    model.compile(optimizer=tf.keras.optimizers.Adam(schedule), loss="categorical_crossentropy", metrics=["accuracy"])
gen = ImageDataGenerator(rescale=1. / 255, rotation_range=10, zoom_range=0.1, width_shift_range=0.1,
                         height_shift_range=0.1, shear_range=0.1, fill_mode='nearest', validation_split=0.2)
train = gen.flow(x_train, to_categorical(y_train), batch_size=32, subset='training', seed=1)
valid = gen.flow(x_train, to_categorical(y_train), batch_size=32, subset='validation')
history = model.fit(train, epochs=2, validation_data=valid, steps_per_epoch=len(train))
pred = np.argmax(model.predict(x_test / 255), axis=-1)
matrix = tf.math.confusion_matrix(labels=y_test, predictions=pred, num_classes=10).numpy()
print(matrix)
assert matrix.sum() == len(y_test)
plot_model(model, 'augmented.png')
