# tf.keras: a residual network in the functional API, several callbacks, .keras file
import datetime
import os
import tensorflow as tf
from tensorflow.keras import Input, Model
from tensorflow.keras.callbacks import EarlyStopping, ModelCheckpoint, TensorBoard
from tensorflow.keras.layers import (Activation, Add, BatchNormalization, Conv2D, Dense, Dropout,
                                     GlobalAveragePooling2D)

gpus = tf.config.experimental.list_physical_devices('GPU')
for gpu in gpus:
    tf.config.experimental.set_memory_growth(gpu, True)
print("Num GPUs:", len(tf.config.list_physical_devices('GPU')))
tf.random.set_seed(42)


def residual_block(x, filters):
    shortcut = Conv2D(filters, 1, padding='same')(x)
    x = Conv2D(filters, (3, 3), padding='same', use_bias=False, kernel_initializer='he_normal')(x)
    x = BatchNormalization()(x)
    x = Activation('relu')(x)
    x = Conv2D(filters, (3, 3), padding='same')(x)
    return Activation('relu')(Add()([x, shortcut]))


(x_train, y_train), (x_test, y_test) = tf.keras.datasets.cifar10.load_data()
x_train, x_test = x_train.astype('float32') / 255, x_test.astype('float32') / 255
inputs = Input(shape=(32, 32, 3), name='image')
x = residual_block(inputs, 4)
x = Conv2D(8, 3, strides=(2, 2), activation='relu')(x)
x = GlobalAveragePooling2D()(x)
outputs = Dense(10, activation='softmax', name='scores')(Dropout(.1)(x))
model = Model(inputs=inputs, outputs=outputs, name='small_resnet')
model.summary()
model.compile(optimizer=tf.keras.optimizers.Adam(learning_rate=1e-3),
              loss='sparse_categorical_crossentropy', metrics=['accuracy'])
log_dir = os.path.join("logs", "fit", datetime.datetime.now().strftime("%Y%m%d-%H%M%S"))
model.fit(x_train, y_train, epochs=2, batch_size=64, validation_data=(x_test, y_test),
          callbacks=[TensorBoard(log_dir=log_dir, histogram_freq=1),
                     ModelCheckpoint('best.keras', save_best_only=True),
                     EarlyStopping(patience=3, restore_best_weights=True)])
restored = tf.keras.models.load_model('best.keras')
print(restored.evaluate(x_test, y_test, verbose=0), os.listdir('logs/fit'))
