-- expect: error
error("\255\254\0\1", 0)
