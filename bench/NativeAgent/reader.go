// A minimal event stream reader, to compare with: it reads lines, decodes commands and prints them.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

type command struct {
	Controls []struct {
		Action string `json:"action"`
		TaskID string `json:"taskId"`
	} `json:"controls"`
}

func main() {
	request, err := http.NewRequest("GET", os.Args[1], nil)
	if err != nil {
		panic(err)
	}
	request.Header.Set("Accept", "text/event-stream")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	lines := bufio.NewScanner(response.Body)
	live := false
	var data []byte
	for lines.Scan() {
		line := lines.Bytes()
		switch {
		case bytes.HasPrefix(line, []byte("data: ")):
			data = append(data[:0], line[6:]...)
		case len(line) == 0 && len(data) > 0:
			var received command
			if json.Unmarshal(data, &received) == nil {
				for _, control := range received.Controls {
					fmt.Printf("{\"kind\":\"control\",\"action\":%q,\"taskId\":%q}\n", control.Action, control.TaskID)
				}
			}
			data = data[:0]
		}
		if !live {
			live = true
			fmt.Println("{\"state\":\"live\"}")
		}
	}
}
