package quota

import (
	"syscall"
	"unsafe"
)

// largePages asks the system to map slots in pages of 2 MiB, see madvise(2). It
// need not.
func largePages(groups []group) {
	const page = 2 << 20
	b := unsafe.Slice((*byte)(unsafe.Pointer(&groups[0])), len(groups)*int(unsafe.Sizeof(groups[0])))
	from := -uintptr(unsafe.Pointer(&b[0])) % page
	if to := (uintptr(len(b))-from)/page*page + from; from < uintptr(len(b)) && from < to {
		_ = syscall.Madvise(b[from:to], syscall.MADV_HUGEPAGE)
	}
}
