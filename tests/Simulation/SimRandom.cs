namespace Qschedd.Tests.Simulation;

/// <summary>All chance of one run. Our own, so that a seed means the same on each runtime.</summary>
/// <remarks>xoshiro256** by Blackman and Vigna, seeded by splitmix64: prng.di.unimi.it.</remarks>
internal sealed class SimRandom
{
    private readonly ulong[] _state = new ulong[4];

    public SimRandom(long seed)
    {
        ulong mixed = unchecked((ulong)seed);
        for (int i = 0; i < _state.Length; i++)
            _state[i] = SplitMix(ref mixed);
    }

    public ulong Next()
    {
        ulong result = ulong.RotateLeft(_state[1] * 5, 7) * 9;
        ulong shifted = _state[1] << 17;
        _state[2] ^= _state[0];
        _state[3] ^= _state[1];
        _state[1] ^= _state[2];
        _state[0] ^= _state[3];
        _state[2] ^= shifted;
        _state[3] = ulong.RotateLeft(_state[3], 45);
        return result;
    }

    /// <summary>From 0, below the bound.</summary>
    public int Below(int bound) => (int)(Next() % (ulong)bound);

    /// <summary>Both included.</summary>
    public long Between(long from, long to) => from + (long)(Next() % (ulong)(to - from + 1));

    /// <summary>In so many of a thousand cases.</summary>
    public bool PerMille(int cases) => Below(1000) < cases;

    public bool Half() => (Next() & 1) == 0;

    public T Of<T>(IReadOnlyList<T> choices) => choices[Below(choices.Count)];

    /// <summary>Mostly near the lower bound, seldom near the upper one, with all magnitudes between.</summary>
    public long Skewed(long from, long to)
    {
        long reach = to - from;
        int halvings = Below(1 + (int)Math.Log2(reach + 1));
        return from + Between(0, reach >> halvings);
    }

    private static ulong SplitMix(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        ulong mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }
}

/// <summary>The engine's draws, from the same seed.</summary>
internal sealed class EngineRandom(SimRandom random) : Random
{
    public override long NextInt64() => (long)(random.Next() >> 1);

    public override int Next(int maxValue) => random.Below(maxValue);

    protected override double Sample() => (random.Next() >> 11) * (1.0 / (1UL << 53));
}
