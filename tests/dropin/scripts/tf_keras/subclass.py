# tf.keras: a model as a class, trained by fit
import tensorflow as tf
from tensorflow.keras import Model
from tensorflow.keras.layers import Conv2D, Dense, Dropout, Flatten, MaxPool2D


class MyModel(Model):
    def __init__(self):
        super(MyModel, self).__init__()
        self.conv1 = Conv2D(4, 3, activation='relu')
        self.pool = MaxPool2D()
        self.flatten = Flatten()
        self.drop = Dropout(0.3)
        self.d2 = Dense(10, activation='softmax')

    def call(self, x, training=False):
        x = self.pool(self.conv1(x))
        x = self.flatten(x)
        x = self.drop(x, training=training)
        return self.d2(x)


(x_train, y_train), (x_test, y_test) = tf.keras.datasets.mnist.load_data()
x_train, x_test = x_train / 255.0, x_test / 255.0
x_train = x_train[..., tf.newaxis].astype("float32")
x_test = x_test[..., tf.newaxis].astype("float32")
model = MyModel()
model.compile(optimizer=tf.keras.optimizers.RMSprop(0.01),
              loss=tf.keras.losses.SparseCategoricalCrossentropy(),
              metrics=[tf.keras.metrics.SparseCategoricalAccuracy(name='accuracy')])
model.fit(x_train, y_train, epochs=2, batch_size=32, verbose=2)
model.summary()
print(model.evaluate(x_test, y_test))
model.save_weights('subclass.weights.h5')
again = MyModel()
again.build((None, 28, 28, 1))
again.load_weights('subclass.weights.h5')
assert (again.predict(x_test) == model.predict(x_test)).all()
