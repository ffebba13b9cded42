using System.Collections.Frozen;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Qschedd.Engine.Model;

namespace Qschedd.Http;

/// <summary>What a token opens: the apps that it belongs to, or all.</summary>
internal sealed class Access
{
    public static readonly Access Nothing = new("nobody", []);
    public static readonly Access Everything = new("admin", []);
    private const int NamesShown = 3;
    private readonly FrozenSet<string> _apps;

    private Access(string name, IReadOnlyList<string> apps)
    {
        Name = name;
        _apps = apps.ToFrozenSet(StringComparer.Ordinal);
    }

    /// <summary>Who acts, for the audit: <c>admin</c>, <c>app a</c> or <c>apps a, b</c>.</summary>
    public string Name { get; }

    public bool OpensNothing => ReferenceEquals(this, Nothing);

    public bool IsAdmin => ReferenceEquals(this, Everything);

    public bool Opens(string app) => IsAdmin || _apps.Contains(app);

    public static Access To(IReadOnlyList<string> apps)
    {
        string shown = string.Join(", ", apps.Take(NamesShown)) + (apps.Count > NamesShown ? ", ..." : "");
        return new Access((apps.Count == 1 ? "app " : "apps ") + shown, apps);
    }
}

/// <summary>
/// Finds what a token opens, at the same cost for one app and for ten thousand. Tokens are looked up by their HMAC under a key that
/// this process drew at random, so the time a look-up takes depends on bits that no caller can compute or choose; a plain hash in
/// its place would let timing narrow down the hash, and an offline search the token. What is found is still compared in full, in
/// constant time; what is not found is compared with a dummy.
/// </summary>
internal sealed partial class TokenIndex
{
    private static readonly HmacKey Key = new(DrawKey());
    private static readonly Entry Dummy = new(new byte[32], Access.Nothing);
    private readonly Dictionary<UInt128, Entry> _entries = [];

    public TokenIndex(Catalog catalog)
    {
        Catalog = catalog;
        foreach (IGrouping<UInt128, App> apps in catalog.Apps.GroupBy(a => Slot(Tag(a.Token.Utf8))))
            _entries[apps.Key] = new Entry(Tag(apps.First().Token.Utf8), Access.To([.. apps.Select(a => a.Name)]));
        if (catalog.Server.AdminToken is { } admin)
            _entries[Slot(Tag(admin.Utf8))] = new Entry(Tag(admin.Utf8), Access.Everything);
    }

    /// <summary>The catalog that it was made from.</summary>
    public Catalog Catalog { get; }

    public Access Find(string token)
    {
        byte[] tag = Tag(Encoding.UTF8.GetBytes(token));
        Entry entry = _entries.GetValueOrDefault(Slot(tag), Dummy);
        return CryptographicOperations.FixedTimeEquals(entry.Tag, tag) ? entry.Access : Access.Nothing;
    }

    private static byte[] Tag(byte[] token) => Key.Sign(token);

    /// <summary>From the kernel itself: the runtime's generator is OpenSSL's, which a host may lack.</summary>
    private static byte[] DrawKey()
    {
        byte[] key = new byte[Sha256.Bytes];
        return GetRandom(key, key.Length, 0) == key.Length ? key : throw new InvalidOperationException("the kernel gives no random bytes");
    }

    [LibraryImport("libc", EntryPoint = "getrandom")]
    private static partial nint GetRandom(Span<byte> bytes, nint count, uint flags);

    private static UInt128 Slot(byte[] tag) => new(BitConverter.ToUInt64(tag, 0), BitConverter.ToUInt64(tag, 8));

    private sealed record Entry(byte[] Tag, Access Access);
}
