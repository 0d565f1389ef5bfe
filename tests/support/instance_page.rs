//! Answers of `DescribeInstances` with many instances, as EC2 writes them.

use std::fmt::Write as _;

/// Returns a page with this many instances, and the token of the next one.
pub(crate) fn instance_page(first: usize, count: usize, next: Option<&str>) -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <DescribeInstancesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\
         <requestId>8f7724cf-496f-496e-8fe3-example</requestId><reservationSet>",
    );
    (first..first + count).for_each(|n| instance(&mut xml, n));
    xml += "</reservationSet>";
    if let Some(token) = next {
        write!(xml, "<nextToken>{token}</nextToken>").expect("writing to a string cannot fail");
    }
    xml + "</DescribeInstancesResponse>"
}

/// Writes an instance with its tags, a volume and a network interface, about 2.4 kB.
fn instance(xml: &mut String, n: usize) {
    write!(
        xml,
        "<item><reservationId>r-{n:017x}</reservationId><ownerId>123456789012</ownerId><groupSet/><instancesSet><item>\
         <instanceId>i-{n:017x}</instanceId><imageId>ami-0c7dc21e65ebf7095</imageId>\
         <instanceState><code>16</code><name>running</name></instanceState>\
         <privateDnsName>ip-10-{a}-{b}-10.eu-central-1.compute.internal</privateDnsName><dnsName/><reason/>\
         <keyName>ops</keyName><amiLaunchIndex>0</amiLaunchIndex><productCodes/><instanceType>m6i.large</instanceType>\
         <launchTime>2026-10-14T00:22:51.000Z</launchTime><placement><availabilityZone>eu-central-1a</availabilityZone>\
         <groupName/><tenancy>default</tenancy></placement><monitoring><state>enabled</state></monitoring>\
         <subnetId>subnet-086977e49ebde620d</subnetId><vpcId>vpc-0a98171a8888d1fe3</vpcId>\
         <privateIpAddress>10.{a}.{b}.10</privateIpAddress><sourceDestCheck>true</sourceDestCheck>\
         <groupSet><item><groupId>sg-0123456789abcdef0</groupId><groupName>app20-web</groupName></item></groupSet>\
         <architecture>x86_64</architecture><rootDeviceType>ebs</rootDeviceType><rootDeviceName>/dev/xvda</rootDeviceName>\
         <blockDeviceMapping><item><deviceName>/dev/xvda</deviceName><ebs><volumeId>vol-{n:017x}</volumeId>\
         <status>attached</status><attachTime>2026-10-14T00:22:52.000Z</attachTime>\
         <deleteOnTermination>true</deleteOnTermination></ebs></item></blockDeviceMapping>\
         <virtualizationType>hvm</virtualizationType><clientToken/>\
         <tagSet><item><key>Name</key><value>app20-web-{n}</value></item><item><key>App</key><value>App20</value></item>\
         <item><key>Env</key><value>prod</value></item><item><key>Owner</key><value>team-web</value></item></tagSet>\
         <hypervisor>xen</hypervisor><networkInterfaceSet><item><networkInterfaceId>eni-{n:017x}</networkInterfaceId>\
         <subnetId>subnet-086977e49ebde620d</subnetId><vpcId>vpc-0a98171a8888d1fe3</vpcId><description/>\
         <ownerId>123456789012</ownerId><status>in-use</status><macAddress>0a:1b:2c:3d:4e:5f</macAddress>\
         <privateIpAddress>10.{a}.{b}.10</privateIpAddress><sourceDestCheck>true</sourceDestCheck>\
         <attachment><attachmentId>eni-attach-{n:017x}</attachmentId><deviceIndex>0</deviceIndex><status>attached</status>\
         <attachTime>2026-10-14T00:22:51.000Z</attachTime><deleteOnTermination>true</deleteOnTermination></attachment>\
         <privateIpAddressesSet><item><privateIpAddress>10.{a}.{b}.10</privateIpAddress><primary>true</primary></item>\
         </privateIpAddressesSet></item></networkInterfaceSet><ebsOptimized>true</ebsOptimized><enaSupport>true</enaSupport>\
         <metadataOptions><state>applied</state><httpTokens>required</httpTokens>\
         <httpPutResponseHopLimit>2</httpPutResponseHopLimit><httpEndpoint>enabled</httpEndpoint></metadataOptions>\
         </item></instancesSet></item>",
        a = n / 250 % 250,
        b = n % 250,
    )
    .expect("writing to a string cannot fail");
}
