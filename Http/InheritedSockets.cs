using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Qschedd.Http;

/// <summary>A socket that listens already when the program starts; whoever started the program has it too, so it outlives us.</summary>
/// <param name="Descriptor">Its number.</param>
/// <param name="Name">From the socket unit's FileDescriptorName=; <c>https</c>: TLS is spoken on it.</param>
/// <param name="Address">As an operator writes it.</param>
internal sealed record InheritedSocket(int Descriptor, string Name, string Address)
{
    public const string TlsName = "https";

    public bool Https => Name == TlsName;
}

/// <summary>Socket activation: sd_listen_fds(3), which is three variables and descriptors from 3 up.</summary>
internal static partial class InheritedSockets
{
    private const int First = 3;
    private const int SocketsMax = 256;
    private const int SetDescriptorFlags = 2;
    private const int CloseOnExec = 1;

    /// <param name="variable">Reads an environment variable.</param>
    /// <param name="processId">Of this process: variables meant for another are not looked at.</param>
    /// <returns>Empty where there are none.</returns>
    /// <exception cref="IOException">One of them cannot be served.</exception>
    public static List<InheritedSocket> Take(Func<string, string?> variable, int processId)
    {
        if (variable("LISTEN_PID") != processId.ToString(CultureInfo.InvariantCulture) || variable("LISTEN_FDS") is not { } text)
            return [];
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count > SocketsMax)
            throw new IOException($"LISTEN_FDS is '{text}': a number of at most {SocketsMax} is expected from whoever starts the program");
        string[] names = variable("LISTEN_FDNAMES")?.Split(':') ?? [];
        return [.. Enumerable.Range(0, count).Select(i => Look(First + i, i < names.Length ? names[i] : "unknown"))];
    }

    private static InheritedSocket Look(int descriptor, string name)
    {
        // A child must not hold the port after us; commands close all descriptors anyway.
        if (Control(descriptor, SetDescriptorFlags, CloseOnExec) != 0)
            throw Refusal(descriptor, name, Marshal.GetLastPInvokeErrorMessage());
        try
        {
            using var socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: false));
            bool listens = socket.SocketType == SocketType.Stream
                && socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection) is not 0;
            return listens
                ? new InheritedSocket(descriptor, name, Describe(socket.LocalEndPoint, name))
                : throw Refusal(descriptor, name, "it does not listen for streams");
        }
        catch (SocketException fault)
        {
            throw Refusal(descriptor, name, fault.Message);
        }
    }

    private static string Describe(EndPoint? endPoint, string name) =>
        endPoint is UnixDomainSocketEndPoint unix ? $"unix:{unix}" : $"{(name == InheritedSocket.TlsName ? "https" : "http")}://{endPoint}";

    private static IOException Refusal(int descriptor, string name, string why) =>
        new($"the inherited socket '{name}' (descriptor {descriptor}) cannot be served: {why}; its unit needs ListenStream= and Accept=no");

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int descriptor, int command, nint argument);
}
