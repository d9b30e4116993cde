package quota

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"time"
)

// A saved state of a Memory or of Marks is a header, records and a checksum.
// Numbers are little-endian.
const (
	saveMagic   = "soapgate quota 2"
	replayMagic = "soapgate marks 1"
)

// savedEntry begins an entry; with it, whether it is protected.
const savedEntry = 1

var errSaved = errors.New("quota: saved state is damaged or of another version")

// seal ends saved data with its checksum.
func seal(b []byte) []byte { return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b)) }

// unseal returns a reader of what is behind the magic; it fails if the data is
// not whole.
func unseal(b []byte, magic string) (*saved, error) {
	n := len(b) - 4
	if n < len(magic) || string(b[:len(magic)]) != magic || binary.LittleEndian.Uint32(b[n:]) != crc32.ChecksumIEEE(b[:n]) {
		return nil, errSaved
	}
	return &saved{b: b[len(magic):n]}, nil
}

// saved reads saved data; bad is set instead of reading beyond its end.
type saved struct {
	b   []byte
	bad bool
}

func (s *saved) bytes(n int) []byte {
	if n > len(s.b) {
		s.bad, s.b = true, nil
		return make([]byte, n)
	}
	b := s.b[:n]
	s.b = s.b[n:]
	return b
}

func (s *saved) uint64() uint64 { return binary.LittleEndian.Uint64(s.bytes(8)) }
func (s *saved) uint32() uint32 { return binary.LittleEndian.Uint32(s.bytes(4)) }
func (s *saved) uint16() uint16 { return binary.LittleEndian.Uint16(s.bytes(2)) }
func (s *saved) byte() byte     { return s.bytes(1)[0] }

// Save returns all living states, or, if all is false, those that have changed
// since the last Save. Places held at once are left out: nobody holds them
// after a restart. After an error in storing the result, all must be saved.
func (m *Memory) Save(now time.Time, all bool) []byte {
	b := []byte(saveMagic)
	b = binary.LittleEndian.AppendUint64(b, m.k0)
	b = binary.LittleEndian.AppendUint64(b, m.k1)
	for n := range m.shards {
		b = m.shards[n].save(b, second(At(now)), all)
	}
	// The names last: a shard may have met a new one meanwhile.
	names := m.names.all()
	b = append(b, 0) // ends the records
	b = binary.LittleEndian.AppendUint16(b, uint16(len(names)))
	for _, name := range names {
		b = append(b, byte(len(name)))
		b = append(b, name...)
	}
	return seal(b)
}

func (s *shard) save(b []byte, now uint32, all bool) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &s.table
	for _, i := range t.dirty {
		if g, k := t.at(i); g.info[k]&dirty != 0 {
			g.info[k] &^= dirty
			if !all {
				b = t.appendEntry(b, i)
			}
		}
	}
	t.dirty = t.dirty[:0]
	if !all {
		return b
	}
	for i := uint32(1); i <= t.slots(); i++ {
		// A rest of for ever is that of places held at once.
		if g, k := t.at(i); g.hash[k] != 0 && g.rest[k] > now && g.rest[k] != 1<<32-1 {
			b = t.appendEntry(b, i)
		}
	}
	return b
}

func (t *table) appendEntry(b []byte, i uint32) []byte {
	e := t.entry(i)
	b = append(b, savedEntry|e.info&protected)
	b = binary.LittleEndian.AppendUint64(b, e.hash)
	b = binary.LittleEndian.AppendUint64(b, uint64(e.moment))
	b = binary.LittleEndian.AppendUint64(b, uint64(e.count))
	b = binary.LittleEndian.AppendUint32(b, e.rest)
	b = binary.LittleEndian.AppendUint16(b, e.rule)
	b = append(b, e.info&shown)
	return append(b, e.label[:e.info&shown]...)
}

func (m *Memory) changed() bool {
	for i := range m.shards {
		s := &m.shards[i]
		s.mu.Lock()
		n := len(s.table.dirty)
		s.mu.Unlock()
		if n > 0 {
			return true
		}
	}
	return false
}

// Restore adds saved states to those of m and takes over the secret they were
// saved with; m must not have been used for anything else. Saved data that is
// not whole changes nothing.
func (m *Memory) Restore(data []byte, now time.Time) error {
	s, err := unseal(data, saveMagic)
	if err != nil {
		return err
	}
	k0, k1 := s.uint64(), s.uint64()
	var records []entry
	for flags := s.byte(); flags != 0 && !s.bad; flags = s.byte() {
		r := entry{hash: s.uint64(), moment: Tick(s.uint64()), count: int64(s.uint64()), rest: s.uint32(), rule: s.uint16()}
		n := copy(r.label[:], s.bytes(int(s.byte())))
		r.info = flags&protected | uint8(n)
		records = append(records, r)
	}
	names := make([]uint16, s.uint16())
	for i := range names {
		names[i] = m.names.number(s.bytes(int(s.byte())))
	}
	if s.bad {
		return errSaved
	}
	m.k0, m.k1 = k0, k1
	at := second(At(now))
	for _, r := range records {
		if int(r.rule) >= len(names) || r.hash == 0 {
			continue
		}
		r.rule = names[r.rule]
		t := &m.shards[r.hash>>(64-shardBits)].table
		i := t.find(r.hash)
		if i == 0 && r.rest <= at {
			continue
		}
		if i == 0 {
			i = t.insert(&r, at)
		}
		g, k := t.at(i)
		g.moment[k], g.count[k], g.rest[k] = r.moment, r.count, r.rest
	}
	return nil
}

// Save returns all marks that are still to be remembered, or, if all is false,
// those that have come or were forgotten since the last Save.
func (w *Marks) Save(now time.Time, all bool) []byte {
	b := []byte(replayMagic)
	w.mu.Lock()
	list := w.fresh
	w.fresh = nil
	w.mu.Unlock()
	if all {
		list = w.living(At(now))
	}
	for _, p := range list {
		b = append(b, 1)
		b = binary.LittleEndian.AppendUint16(b, uint16(len(p.signer)))
		b = append(b, p.signer...)
		b = append(b, p.mark.guid[:]...)
		b = append(b, p.mark.signature[:]...)
		b = binary.LittleEndian.AppendUint64(b, uint64(p.mark.until))
	}
	return seal(append(b, 0))
}

func (w *Marks) changed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.fresh) > 0
}

// Restore adds saved marks, and takes away those that were forgotten.
func (w *Marks) Restore(data []byte, now time.Time) error {
	s, err := unseal(data, replayMagic)
	if err != nil {
		return err
	}
	var list []pendingMark
	for s.byte() == 1 && !s.bad {
		var p pendingMark
		p.signer = string(s.bytes(int(s.uint16())))
		copy(p.mark.guid[:], s.bytes(len(digest{})))
		copy(p.mark.signature[:], s.bytes(len(digest{})))
		p.mark.until = Tick(s.uint64())
		list = append(list, p)
	}
	if s.bad {
		return errSaved
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range list {
		if p.mark.until == forgotten {
			w.forget(p.signer, p.mark)
		} else if p.mark.until > At(now) && w.total < w.most {
			w.insert(p.signer, p.mark)
		}
	}
	return nil
}
