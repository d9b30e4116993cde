package caddyplugin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"go.uber.org/zap"

	"github.com/caddyserver/caddy/v2"

	"github.com/soapgate/soapgate/internal/client"
)

const defaultPoll = caddy.Duration(time.Second)

// provisionClients reads the registry and what was changed at run time.
func (a *App) provisionClients() error {
	if a.Poll <= 0 {
		a.Poll = defaultPoll
	}
	a.book = client.NewBook(a.store.clients)
	if a.Clients != "" {
		a.file.path = a.Clients
		data, err := a.file.read()
		if err != nil {
			return fmt.Errorf("clients: %w", err)
		}
		// Bad entries are refused one by one; the good rest is in force.
		if err := a.book.SetFile(data, a.Clients); err != nil {
			if r, _ := client.Parse(data, a.Clients); r == nil {
				return fmt.Errorf("clients: %w", err)
			}
			a.logger.Error("clients refused", zap.String("file", a.Clients), zap.Error(err))
		}
	}
	if err := a.book.Refresh(context.Background()); err != nil {
		a.logger.Error("changes of clients refused", zap.Error(err))
	}
	return nil
}

// watch looks for changes of the clients' file, and for those made on other
// nodes, until the app stops.
func (a *App) watch() {
	t := time.NewTicker(time.Duration(a.Poll))
	defer t.Stop()
	for {
		a.look()
		select {
		case <-a.ctx.Done():
			return
		case <-t.C:
		}
	}
}

// look puts in force what has changed. What cannot be read changes nothing.
func (a *App) look() {
	if a.file.changed() {
		data, err := a.file.read()
		switch {
		case err != nil:
		case len(bytes.TrimSpace(data)) == 0:
			// What a full disk leaves of a file. To mean it, write clients: [].
			err = errors.New("the file is empty")
		default:
			err = a.book.SetFile(data, a.Clients)
		}
		if err != nil {
			a.logger.Error("clients refused", zap.String("file", a.Clients), zap.Error(err))
		} else {
			a.logger.Info("clients read anew", zap.String("file", a.Clients))
		}
	}
	if err := a.book.Refresh(a.ctx); err != nil && a.ctx.Err() == nil {
		a.logger.Error("changes of clients refused", zap.Error(err))
	}
	if err := a.control.Refresh(a.ctx); err != nil && a.ctx.Err() == nil {
		a.logger.Error("changes of quota rules refused", zap.Error(err))
	}
}

// A watched file is looked at now and then.
type watched struct {
	path        string
	known, seen stamp // of what was read, and as of the last look
}

type stamp struct {
	modified time.Time
	size     int64
}

func stampOf(i fs.FileInfo) stamp { return stamp{i.ModTime(), i.Size()} }

// read returns the file, which is known from now on.
func (w *watched) read() ([]byte, error) {
	info, err := os.Stat(w.path)
	if err != nil {
		return nil, err
	}
	w.known = stampOf(info)
	w.seen = w.known
	return os.ReadFile(w.path)
}

// changed reports whether the file is another than what was read, and has been
// since the last look: somebody who is still writing is left to finish. A file
// that is missing for a moment has not changed.
func (w *watched) changed() bool {
	if w.path == "" {
		return false
	}
	info, err := os.Stat(w.path)
	if err != nil {
		return false
	}
	now := stampOf(info)
	settled := now == w.seen
	w.seen = now
	return settled && now != w.known
}
