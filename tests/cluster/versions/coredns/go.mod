// Which CoreDNS the cluster of the tests runs.
module eventreactor.test/coredns

go 1.25.0

tool github.com/coredns/coredns

require github.com/coredns/coredns v1.12.1
