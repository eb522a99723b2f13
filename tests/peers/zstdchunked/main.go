// zstd:chunked by the library of podman and its kin: zstdchunked TAR FILE writes a layer and prints what the
// manifest has to say of it, one annotation a line.
package main

import (
	"fmt"
	"io"
	"os"

	"go.podman.io/storage/pkg/chunked/compressor"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	if len(os.Args) != 3 {
		check(fmt.Errorf("usage: zstdchunked TAR FILE"))
	}
	source, err := os.Open(os.Args[1])
	check(err)
	target, err := os.Create(os.Args[2])
	check(err)
	annotations := map[string]string{}
	writer, err := compressor.ZstdCompressor(target, annotations, nil)
	check(err)
	_, err = io.Copy(writer, source)
	check(err)
	check(writer.Close())
	check(target.Close())
	for key, value := range annotations {
		fmt.Printf("%s=%s\n", key, value)
	}
}
