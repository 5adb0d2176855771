# tf.keras: checkpoints of weights, own metric objects, predictions one by one
import os
import tensorflow as tf
from tensorflow.keras import datasets, layers, models

(train_images, train_labels), (test_images, test_labels) = datasets.cifar10.load_data()
train_images, test_images = train_images / 255.0, test_images / 255.0
model = models.Sequential()
model.add(layers.Conv2D(8, (3, 3), activation='relu', input_shape=(32, 32, 3)))
model.add(layers.MaxPooling2D((2, 2)))
model.add(layers.Conv2D(8, (3, 3), activation='relu'))
model.add(layers.Flatten())
model.add(layers.Dense(16, activation='relu'))
model.add(layers.Dense(10))
model.summary()
model.compile(optimizer='adam', loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
              metrics=['accuracy', tf.keras.metrics.SparseTopKCategoricalAccuracy(k=3)])
checkpoint = os.path.join('training', 'cp-{epoch:04d}.weights.h5')
history = model.fit(train_images, train_labels, epochs=2, validation_data=(test_images, test_labels),
                    callbacks=[tf.keras.callbacks.ModelCheckpoint(filepath=checkpoint, save_weights_only=True, verbose=1)])
print(os.listdir('training'))
model.load_weights(checkpoint.format(epoch=1))
loss, acc, top = model.evaluate(test_images, test_labels, verbose=2)
m = tf.keras.metrics.Mean()
m.update_state([loss, acc])
print(m.result().numpy())
print(model.predict(test_images[:1])[0].argmax(), test_labels[0][0])
