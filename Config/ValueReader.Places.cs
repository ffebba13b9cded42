using System.Net;
using Qschedd.Engine.Model;

namespace Qschedd.Config;

// Paths, URLs, addresses, and lists of them.
internal sealed partial class ValueReader
{
    public List<ListenUrl>? ListenList(KeySpec key)
    {
        List<ListenUrl> items = [];
        if (!cursor.IsList)
        {
            AddListen(key, items);
            return items;
        }
        Position at = Next;
        for (cursor.Next(); !cursor.IsListEnd;)
            AddListen(key, items);
        cursor.Next();
        if (items.Count == 0)
            Error(at, $"'{key.Name}' is an empty list: it {ValueKinds.Must(key)}");
        return items;
    }

    public List<Worker>? Workers(KeySpec key)
    {
        if (!cursor.IsList)
            return Wrong<List<Worker>>(key);
        List<Worker> workers = [];
        Dictionary<string, Position> seen = new(StringComparer.OrdinalIgnoreCase);
        for (cursor.Next(); !cursor.IsListEnd;)
        {
            Position at = Next;
            if (OneWorker(key) is not { } worker)
                continue;
            string plain = Worker.PlainAddress(worker.Address);
            if (!seen.TryAdd(plain, at))
                Error(at, $"worker {Shown.Quote(worker.Address)} twice: first at {PlaceOf(seen[plain])}; keep one");
            load.Networks.Note(errors, at, worker.Address);
            workers.Add(load.Share(worker));
        }
        cursor.Next();
        return workers;
    }

    public WorkerNetworks? Networks(KeySpec key)
    {
        if (!cursor.IsList)
            return Wrong<WorkerNetworks>(key);
        Position at = Next;
        List<IPNetwork> ranges = [];
        bool isEmpty = true;
        for (cursor.Next(); !cursor.IsListEnd; isEmpty = false)
        {
            Position itemAt = Next;
            if (ItemText(key) is not { } item)
                continue;
            if (WorkerNetworks.Parse(item) is { } range)
                ranges.Add(range);
            else
                Error(itemAt, $"'{key.Name}' {Shown.Quote(item)} is no network: write it as 10.1.0.0/16 (no bits set after the first 16), or one address");
        }
        cursor.Next();
        if (isEmpty)
            Error(at, $"'{key.Name}' allows no worker at all: it {ValueKinds.Must(key)}");
        return new WorkerNetworks([.. ranges]);
    }

    /// <summary>In one form however it is written; a URL stays, until it is known whether the protocol has URLs.</summary>
    public string? WorkerAddress(KeySpec key) =>
        Checked(key, Addresses.WorkerFault) is not { } address ? null
        : address.Contains('/') ? address
        : load.Strings.Share(Worker.PlainAddress(address));

    public string? WorkerPath(KeySpec key) => Checked(key, Addresses.WorkerPathFault);

    public string? Advertise(KeySpec key) => Checked(key, Addresses.AdvertiseFault) is { } url ? url.TrimEnd('/') + "/" : null;

    public string? Database(KeySpec key) => Checked(key, Addresses.DatabaseFault);

    public string? FilePath(KeySpec key) =>
        Checked(key, path => path.EndsWith('/') ? $"must be a file, not a directory, as in {key.Example}" : null);

    public string? AbsolutePath(KeySpec key) =>
        Checked(key, path => path.StartsWith('/') ? null : "is relative: write an absolute path, as in /srv");

    public List<string>? TextList(KeySpec key)
    {
        if (!cursor.IsList)
            return Wrong<List<string>>(key);
        Position at = Next;
        List<string> items = [];
        for (cursor.Next(); !cursor.IsListEnd;)
        {
            if (ItemText(key) is { } item)
                items.Add(load.Strings.Share(item));
        }
        cursor.Next();
        if (items.Count == 0 || items[0].Length == 0)
            Error(at, $"'{key.Name}' names no program: it {ValueKinds.Must(key)}");
        return items;
    }

    public EnvYaml? Env(KeySpec key)
    {
        if (!cursor.IsMapping)
            return Wrong<EnvYaml>(key);
        bool isBlock = cursor.IsBlockMapping;
        Dictionary<string, Position> seen = [];
        List<KeyValuePair<string, string>> variables = [];
        var written = new StableHash();
        for (cursor.Next(); !cursor.IsMappingEnd;)
        {
            Position at = Next;
            if (FreeKey(key, isBlock, seen) is not { } name)
                continue;
            if (name.Length == 0 || name.AsSpan().ContainsAny('=', '\0'))
                Error(at, $"{Shown.Quote(name)} cannot name an environment variable: use a name without '=', as in {key.Example}");
            string writtenValue = cursor.Scalar?.Text ?? "";
            if (ItemText(key) is not { } value)
                continue;
            variables.Add(new(load.Strings.Share(name), load.Strings.Share(value)));
            written.Add(name);
            written.Add(writtenValue);
        }
        cursor.Next();
        return new EnvYaml([.. variables], written.Value);
    }

    private string? ItemText(KeySpec key)
    {
        Position at = Next;
        if (cursor.Scalar is null)
        {
            WrongItem($"an item of '{key.Name}' must be text");
            return null;
        }
        if (Scalar(key) is not { } scalar)
            return null;
        if (!scalar.Text.Contains('\0'))
            return scalar.Text;
        Error(at, $"an item of '{key.Name}' holds a NUL character: no program can be given one");
        return null;
    }

    private Worker? OneWorker(KeySpec key)
    {
        if (cursor.IsMapping)
        {
            var entry = new WorkerYaml();
            Entries(AppKeys.Worker, entry);
            return entry.Address is { } given ? new Worker(given, entry.Hostname ?? given) : null;
        }
        if (cursor.Scalar is null)
        {
            WrongItem($"an item of '{key.Name}' must be host:port or {{address, hostname}}; IPv6 needs quotes, as in \"[::1]:20010\"");
            return null;
        }
        return WorkerAddress(key) is { } address ? new Worker(address, address) : null;
    }

    private void AddListen(KeySpec key, List<ListenUrl> items)
    {
        Position at = Next;
        if (cursor.Scalar is null)
        {
            WrongItem($"'{key.Name}' {ValueKinds.Must(key)}");
            return;
        }
        if (Scalar(key) is not { } scalar)
            return;
        if (ListenUrl.Parse(scalar.Text, at, out string fault) is not { } url)
            Error(at, $"'{key.Name}' {Shown.Quote(scalar.Shown)} {fault}");
        else if (items.Exists(item => item.Url == url.Url))
            Error(at, $"'{key.Name}' {Shown.Quote(scalar.Shown)} stands twice: keep one");
        else
            items.Add(url);
    }

    private string? Checked(KeySpec key, Func<string, string?> findFault)
    {
        Position at = Next;
        if (Scalar(key) is not { } scalar)
            return null;
        string? fault = scalar.Text.Length == 0 ? "is empty"
            : Shown.HasControl(scalar.Text) ? "holds a control character"
            : findFault(scalar.Text);
        if (fault is null)
            return load.Strings.Share(scalar.Text);
        Error(at, $"'{key.Name}' {Shown.Quote(scalar.Shown)} {fault}");
        return null;
    }
}
