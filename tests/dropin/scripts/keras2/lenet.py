# Keras 2: LeNet-5 with average pooling and tanh
import keras
from keras import layers, models, optimizers, regularizers, initializers
from keras.datasets import mnist

(train_images, train_labels), (test_images, test_labels) = mnist.load_data()
train_images = train_images.reshape(train_images.shape + (1,)).astype('float64') / 255
test_images = test_images.reshape(test_images.shape + (1,)).astype('float64') / 255
model = models.Sequential()
model.add(layers.ZeroPadding2D(padding=(2, 2), input_shape=(28, 28, 1)))
model.add(layers.Conv2D(filters=6, kernel_size=(5, 5), activation='tanh'))
model.add(layers.AveragePooling2D())
model.add(layers.Conv2D(16, (5, 5), activation='tanh',
                        kernel_initializer=initializers.RandomNormal(stddev=0.05),
                        kernel_regularizer=regularizers.l2(1e-4)))
model.add(layers.AveragePooling2D(2, strides=2))
model.add(layers.Flatten())
model.add(layers.Dense(units=120, activation='tanh', bias_initializer='zeros'))
model.add(layers.Dense(units=84, activation=keras.activations.tanh))
model.add(layers.Dense(units=10, activation='softmax'))
model.compile(loss='sparse_categorical_crossentropy',
              optimizer=optimizers.SGD(learning_rate=0.1, momentum=0.9), metrics=['accuracy'])
model.fit(train_images, train_labels, 64, 2, 1, None, 0.1)
loss, acc = model.evaluate(test_images, test_labels)
print('%.3f %.3f' % (loss, acc))
for layer in model.layers:
    print(layer.name, layer.output_shape if hasattr(layer, 'output_shape') else layer.output.shape,
          [w.shape for w in layer.get_weights()])
