// eStargz by its own library: stargz verify FILE TOC-DIGEST prints each file with the digest of its content,
// all of it checked; stargz build TAR FILE writes a layer and prints the digests of its table and content.
package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"

	"github.com/containerd/stargz-snapshotter/estargz"
	digest "github.com/opencontainers/go-digest"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func section(path string) *io.SectionReader {
	file, err := os.Open(path)
	check(err)
	status, err := file.Stat()
	check(err)
	return io.NewSectionReader(file, 0, status.Size())
}

func verify(path, table string) {
	reader, err := estargz.Open(section(path))
	check(err)
	verifier, err := reader.VerifyTOC(digest.Digest(table))
	check(err)
	root, ok := reader.Lookup("")
	if !ok {
		check(fmt.Errorf("no root"))
	}
	walk(reader, verifier, root, "")
}

func walk(reader *estargz.Reader, verifier estargz.TOCEntryVerifier, entry *estargz.TOCEntry, path string) {
	entry.ForeachChild(func(name string, child *estargz.TOCEntry) bool {
		whole := path + name
		content := ""
		if child.Type == "reg" {
			hasher := sha256.New()
			file, err := reader.OpenFile(whole)
			check(err)
			for at := int64(0); at < child.Size; {
				chunk, ok := reader.ChunkEntryForOffset(whole, at)
				if !ok {
					check(fmt.Errorf("%s: no chunk at %d", whole, at))
				}
				v, err := verifier.Verifier(chunk)
				check(err)
				_, err = io.Copy(io.MultiWriter(hasher, v), io.NewSectionReader(file, chunk.ChunkOffset, chunk.ChunkSize))
				check(err)
				if !v.Verified() {
					check(fmt.Errorf("%s: chunk at %d is not what the table says", whole, at))
				}
				at += chunk.ChunkSize
			}
			content = fmt.Sprintf("%x", hasher.Sum(nil))
		}
		fmt.Printf("%s\t%s\t%o\t%d\t%d\t%s\t%s\n", whole, child.Type, child.Mode, child.UID, child.Size, child.LinkName, content)
		if child.Type == "dir" {
			walk(reader, verifier, child, whole+"/")
		}
		return true
	})
}

func build(source, target string) {
	blob, err := estargz.Build(section(source), estargz.WithChunkSize(4096))
	check(err)
	file, err := os.Create(target)
	check(err)
	_, err = io.Copy(file, blob)
	check(err)
	check(file.Close())
	check(blob.Close())
	fmt.Println(blob.TOCDigest())
	fmt.Println(blob.DiffID())
}

func main() {
	if len(os.Args) != 4 {
		check(fmt.Errorf("usage: stargz verify FILE TOC-DIGEST | build TAR FILE"))
	}
	if os.Args[1] == "verify" {
		verify(os.Args[2], os.Args[3])
	} else {
		build(os.Args[2], os.Args[3])
	}
}
