package client

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

var (
	idPattern   = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)
	guidPattern = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
)

func readOrganizations(to *[]Organization) reader { return readList(to, readOrganization) }

func readMatches(to *[]Match) reader { return readList(to, readMatch) }

// readClient reads one entry. The client is never nil, so that an error can
// bear its id.
func readClient(n *yaml.Node) (*Client, error) {
	c := &Client{Status: Active}
	if err := readMapping(n, c.fields(field)); err != nil {
		return c, err
	}
	return c, c.check()
}

// changed reads the part of an entry that is to be changed and returns the
// client with it (RFC 7396): fields that are not named stay, null takes one
// out, a list is another list as a whole.
func (c *Client) changed(n *yaml.Node) (*Client, error) {
	with := *c
	// What is in force is not written to, not even the same.
	with.Organization.PPAGUIDs = slices.Clone(c.Organization.PPAGUIDs)
	err := readMapping(n, with.fields(func(to any, read reader) reader {
		return func(n *yaml.Node) error {
			if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
				reflect.ValueOf(to).Elem().SetZero()
				return nil
			}
			return read(n)
		}
	}))
	if err != nil {
		return &with, err
	}
	if with.Status == "" {
		with.Status = Active
	}
	if with.Status != Suspended {
		with.Reason, with.Since = "", time.Time{}
	}
	if with.ID != c.ID {
		return &with, fmt.Errorf("id: %q cannot become %q", c.ID, with.ID)
	}
	return &with, with.check()
}

func field(_ any, read reader) reader { return read }

// fields are the fields of an entry; as makes a field's reader of where it
// reads to and of how.
func (c *Client) fields(as func(to any, read reader) reader) map[string]reader {
	return map[string]reader{
		"id":               as(&c.ID, readString(&c.ID)),
		"organization":     as(&c.Organization, readOrganization(&c.Organization)),
		"represents":       as(&c.Represents, readOrganizations(&c.Represents)),
		"any_organization": as(&c.AnyOrganization, readBool(&c.AnyOrganization)),
		"certificates":     as(&c.Certificates, readMatches(&c.Certificates)),
		"signers":          as(&c.Signers, readMatches(&c.Signers)),
		"token":            as(&c.Token, readToken(&c.Token)),
		"class":            as(&c.Class, readString(&c.Class)),
		"status":           as(&c.Status, readStatus(&c.Status)),
		"reason":           as(&c.Reason, readString(&c.Reason)),
		"since":            as(&c.Since, readTime(&c.Since)),
		"min_tls":          as(&c.MinTLS, readVersion(&c.MinTLS)),
		"services":         as(&c.Services, readStrings(&c.Services)),
		"operations":       as(&c.Operations, readStrings(&c.Operations)),
		"valid_from":       as(&c.ValidFrom, readTime(&c.ValidFrom)),
		"valid_until":      as(&c.ValidUntil, readTime(&c.ValidUntil)),
		"contacts":         as(&c.Contacts, readStrings(&c.Contacts)),
	}
}

func (c *Client) check() error {
	switch {
	case !idPattern.MatchString(c.ID):
		return errors.New("id: want 1 to 64 of a-z, 0-9, dot, hyphen and underscore")
	case len(c.Certificates) == 0 && c.Token.ClientID == "":
		return errors.New("certificates: nothing to know the client by: no certificate and no token")
	case c.Status == Suspended && c.Reason == "":
		return errors.New("reason: missing; a suspended client is told why")
	case !c.ValidUntil.IsZero() && !c.ValidFrom.Before(c.ValidUntil):
		return errors.New("valid_until: not after valid_from")
	}
	return nil
}

func (o *Organization) check() error {
	if o.OGRN != "" && !validOGRN(o.OGRN) {
		return fmt.Errorf("ogrn: %q is no ОГРН (13 digits) and no ОГРНИП (15 digits)", o.OGRN)
	}
	if strings.Trim(o.INN, "0123456789") != "" || o.INN != "" && len(o.INN) != 10 && len(o.INN) != 12 {
		return fmt.Errorf("inn: %q is no ИНН (10 or 12 digits)", o.INN)
	}
	for i, g := range o.PPAGUIDs {
		o.PPAGUIDs[i] = strings.ToLower(g)
		if !guidPattern.MatchString(o.PPAGUIDs[i]) {
			return fmt.Errorf("ppaguids: %q is no GUID", g)
		}
	}
	return nil
}

// validOGRN checks length and check digit: the number without its last digit,
// modulo 11 (ОГРН) or 13 (ОГРНИП), modulo 10 (order 165н of the Ministry of
// Finance, 30.10.2017).
func validOGRN(s string) bool {
	if len(s) != 13 && len(s) != 15 {
		return false
	}
	n, err := strconv.ParseUint(s, 10, 64)
	return err == nil && n/10%uint64(len(s)-2)%10 == n%10
}
