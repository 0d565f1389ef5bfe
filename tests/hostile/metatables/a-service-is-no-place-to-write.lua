-- expect: error
ec2.terminate_instances = function() return "mine" end
