-- expect: error
error { code = "Refused", message = "this is no refusal of the program's" }
