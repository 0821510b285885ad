// Publishes a CloudEvent to ingest over gRPC, and prints the Event's name.
//
//	go run ./publish ADDRESS TOKEN_FILE TYPE SOURCE ID DATA
//
// What is sent again with the same SOURCE and ID is the same Event: after an
// error, send it again as it is.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"example.com/integrate/gen/cloudevents"
	"example.com/integrate/gen/eventreactor"
)

//go:generate ./generate

const tries = 5

func publish(client eventreactor.IngestServiceClient, token string, event *cloudevents.CloudEvent) (*eventreactor.PublishResponse, error) {
	request := &eventreactor.PublishRequest{Namespace: "default", Event: event}
	for attempt := 1; ; attempt++ {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
		answer, err := client.Publish(ctx, request)
		cancel()
		switch status.Code(err) {
		// Nothing was accepted, or nobody knows.
		case codes.Unavailable, codes.ResourceExhausted, codes.DeadlineExceeded, codes.Aborted:
			if attempt < tries {
				time.Sleep(time.Duration(attempt) * time.Second)
				continue
			}
		}
		return answer, err
	}
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 7 {
		log.Fatal("usage: publish ADDRESS TOKEN_FILE TYPE SOURCE ID DATA")
	}
	token, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	connection, err := grpc.NewClient(os.Args[1], grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		log.Fatal(err)
	}
	defer connection.Close()
	event := &cloudevents.CloudEvent{
		Id: os.Args[5], Source: os.Args[4], SpecVersion: "1.0", Type: os.Args[3],
		Attributes: map[string]*cloudevents.CloudEventAttributeValue{
			"datacontenttype": {Attr: &cloudevents.CloudEventAttributeValue_CeString{CeString: "text/plain"}},
		},
		Data: &cloudevents.CloudEvent_TextData{TextData: os.Args[6]},
	}
	answer, err := publish(eventreactor.NewIngestServiceClient(connection), strings.TrimSpace(string(token)), event)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.Name)
}
