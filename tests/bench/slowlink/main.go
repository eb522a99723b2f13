// slowlink forwards TCP connections to one target as a long, narrow link would: each direction of each
// connection is delayed by half the round trip and paced at the given rate, and setting a connection up
// costs one round trip more. The kernel's netem does the same better, where there is one.
//
// usage: slowlink -target HOST:PORT [-rtt 40ms] [-rate BYTES_PER_SECOND]
//
// The link of one connection is a queue of chunks, each with the time at which its last byte comes out at
// the far end. The sender is read from only as fast as the link takes bytes in, so that it feels the narrowness
// through TCP's own flow control.
package main

import (
	"flag"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
)

const (
	chunkBytes = 64 << 10
	// A sleep may end late; what the link could have carried meanwhile is made up for, up to this much.
	latenessMade = 10 * time.Millisecond
)

type link struct {
	target string
	rtt    time.Duration
	rate   float64
}

type parcel struct {
	data    []byte
	arrives time.Time
}

var buffers = sync.Pool{New: func() any { return make([]byte, chunkBytes) }}

func main() {
	var l link
	flag.StringVar(&l.target, "target", "", "where connections go, HOST:PORT")
	flag.DurationVar(&l.rtt, "rtt", 40*time.Millisecond, "round trip time")
	flag.Float64Var(&l.rate, "rate", 20e6, "bytes per second, for each direction of each connection")
	flag.Parse()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, "slowlink:", err)
		os.Exit(1)
	}
	fmt.Println("listening on", listener.Addr())
	for {
		near, err := listener.Accept()
		if err != nil {
			fmt.Fprintln(os.Stderr, "slowlink:", err)
			os.Exit(1)
		}
		go l.serve(near.(*net.TCPConn))
	}
}

func (l *link) serve(near *net.TCPConn) {
	defer near.Close()
	// The handshake: what the client says cannot set out before a round trip has passed.
	opened := time.Now().Add(l.rtt)
	conn, err := net.Dial("tcp", l.target)
	if err != nil {
		near.SetLinger(0)
		return
	}
	far := conn.(*net.TCPConn)
	defer far.Close()
	var directions sync.WaitGroup
	directions.Add(2)
	go l.carry(near, far, opened, &directions)
	go l.carry(far, near, opened, &directions)
	directions.Wait()
}

// carry moves one direction until its sender closes it, or until either end is broken.
func (l *link) carry(from, to *net.TCPConn, opened time.Time, done *sync.WaitGroup) {
	defer done.Done()
	// Enough room for what is under way: rate times delay, and some.
	inFlight := int(l.rate*l.rtt.Seconds()/chunkBytes) + 16
	queue := make(chan parcel, inFlight)
	delivered := make(chan struct{})
	go func() {
		defer close(delivered)
		deliver(to, from, queue)
	}()
	free := opened
	for {
		buffer := buffers.Get().([]byte)
		n, err := from.Read(buffer)
		if n > 0 {
			now := time.Now()
			if earliest := now.Add(-latenessMade); free.Before(earliest) {
				free = earliest
			}
			free = free.Add(time.Duration(float64(n) / l.rate * float64(time.Second)))
			queue <- parcel{buffer[:n], later(free, now).Add(l.rtt / 2)}
			time.Sleep(time.Until(free))
		}
		if err != nil {
			break
		}
	}
	close(queue)
	<-delivered
	to.CloseWrite()
}

func deliver(to, from *net.TCPConn, queue <-chan parcel) {
	broken := false
	for p := range queue {
		if !broken {
			time.Sleep(time.Until(p.arrives))
			if _, err := to.Write(p.data); err != nil {
				broken = true
				from.CloseRead()
			}
		}
		buffers.Put(p.data[:chunkBytes]) //nolint:staticcheck // a slice header is all that is allocated
	}
}

func later(one, other time.Time) time.Time {
	if one.After(other) {
		return one
	}
	return other
}
