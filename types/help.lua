---@meta _

---Prints the help of an operation, a service, a module or a function: parameters, result, risk,
---permissions and an example. A name can also be a field, for example
---`help("ec2.run_instances.placement")`, or a pattern, for example `help("*vpc*")`.
---@param topic? any The value itself, or its name in quotes, for example `help("ec2.run_instances")`. Without it, prints an overview.
function help(topic) end
