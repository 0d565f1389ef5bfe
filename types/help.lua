---@meta _

---Prints what there is to know of an operation, a service, a module or a function: what it
---takes and gives, its risk, the permissions that it needs, an example. A name can be that of a
---field, as in `help("ec2.run_instances.placement")`, or a pattern, as in `help("*vpc*")`.
---@param topic? any The thing itself, or its name as in `help("ec2.run_instances")`.
function help(topic) end
