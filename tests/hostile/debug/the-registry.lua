-- expect: error
debug.getregistry()._LOADED = nil
