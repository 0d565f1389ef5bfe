-- expect: done
package.path = "./canary/?.lua;./.aws/?;./.ssh/?;/etc/?"
package.cpath = package.path
for _, name in ipairs { "module", "credentials", "id_rsa", "passwd" } do print(pcall(require, name)) end
print(package.searchpath and package.searchpath("credentials", package.path))
