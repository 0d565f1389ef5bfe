---@meta _

---Writes to the current output without making control characters visible: escape sequences reach the terminal. Open
---files have a method `write_raw` with the same effect. Pass only text of your own. `print` and `io.write` make
---control characters visible on a terminal, and write every byte to a file or a pipe. Refused by `--contain`.
---@param ... string|number
---@return userdata
function io.write_raw(...) end
