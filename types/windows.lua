---@meta _

---Reads the administrator's password of a Windows instance.
---@class windows
windows = {}

---Decrypts the password data of `ec2.get_password_data` with a private key, and returns the password as a secret.
---@param password_data string|Secret
---@param key string The text of the key file: an RSA private key in PEM.
---@return Secret
function windows.decrypt(password_data, key) end
