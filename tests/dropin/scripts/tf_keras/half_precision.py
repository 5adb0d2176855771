# tf.keras: the float32 policy, weighted classes, saved in h5
import tensorflow as tf
from tensorflow.keras import layers, mixed_precision

policy = mixed_precision.Policy('float32')
mixed_precision.set_global_policy(policy)
print('Compute dtype: %s' % policy.compute_dtype, 'Variable dtype: %s' % policy.variable_dtype)
inputs = tf.keras.Input(shape=(784,), name='digits')
x = layers.Dense(32, activation='relu', name='dense_1')(inputs)
outputs = layers.Activation('softmax', dtype='float32', name='predictions')(layers.Dense(10)(x))
model = tf.keras.Model(inputs=inputs, outputs=outputs)
model.compile(loss='sparse_categorical_crossentropy', optimizer=tf.keras.optimizers.RMSprop(),
              metrics=['accuracy'])
(x_train, y_train), (x_test, y_test) = tf.keras.datasets.mnist.load_data()
x_train = x_train.reshape(-1, 784).astype('float32') / 255
x_test = x_test.reshape(-1, 784).astype('float32') / 255
initial_weights = model.get_weights()
history = model.fit(x_train, y_train, batch_size=64, epochs=1, validation_split=0.2,
                    class_weight={0: 1., 1: 2., **{i: 1. for i in range(2, 10)}})
model.set_weights(initial_weights)
print(model.evaluate(x_test, y_test, verbose=2, return_dict=True))
model.save('policy.h5')
same = tf.keras.models.load_model('policy.h5', compile=False)
print(same.predict(x_test[:3]).sum(axis=1))
