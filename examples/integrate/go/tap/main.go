// Listens to the feed, and prints each CloudEvent as a line of JSON.
//
//	go run ./tap NATS_URL SUBJECT [COUNT]
//
// SUBJECT is such as er.feed.*.default.> (all of a namespace). Ends after
// COUNT messages, if given. On a cluster the URL carries user and password:
// nats://tap:PASSWORD@HOST:4222.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
)

// CloudEvents' NATS binding: attributes are headers that begin with ce-.
func attributes(message *nats.Msg) map[string]string {
	found := map[string]string{"data": string(message.Data)}
	for name, values := range message.Header {
		if attribute, is := strings.CutPrefix(strings.ToLower(name), "ce-"); is {
			found[attribute] = values[0]
		}
	}
	return found
}

func main() {
	log.SetFlags(0)
	if len(os.Args) < 3 {
		log.Fatal("usage: tap NATS_URL SUBJECT [COUNT]")
	}
	count := -1
	if len(os.Args) > 3 {
		var err error
		if count, err = strconv.Atoi(os.Args[3]); err != nil {
			log.Fatal(err)
		}
	}
	connection, err := nats.Connect(os.Args[1], nats.MaxReconnects(-1))
	if err != nil {
		log.Fatal(err)
	}
	defer connection.Close()
	messages := make(chan *nats.Msg, 1024)
	if _, err = connection.ChanSubscribe(os.Args[2], messages); err != nil {
		log.Fatal(err)
	}
	if err = connection.Flush(); err != nil {
		log.Fatal(err)
	}
	fmt.Fprintln(os.Stderr, "listening")
	for message := range messages {
		line, err := json.Marshal(attributes(message))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(string(line))
		if count--; count == 0 {
			return
		}
	}
}
